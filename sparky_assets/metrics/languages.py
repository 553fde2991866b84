"""The language of a file by its name. A lookup, not a parser: what no entry knows is `Other`."""

import polars as pl

EXTENSIONS_BY_LANGUAGE = {
    "Ada": "ada adb ads", "Assembly": "s asm", "C": "c h", "C#": "cs", "C++": "cc cpp cxx hh hpp hxx c++", "CSS": "css",
    "Clojure": "clj cljc cljs", "CMake": "cmake", "CUDA": "cu cuh", "Dart": "dart", "Dockerfile": "dockerfile",
    "Elixir": "ex exs", "Elm": "elm", "Erlang": "erl hrl", "F#": "fs fsi fsx", "Fortran": "f f90 f95 for", "Go": "go",
    "GraphQL": "gql graphql", "Groovy": "gradle groovy", "HCL": "hcl tf tfvars", "HTML": "htm html", "Haskell": "hs",
    "Java": "java", "JavaScript": "cjs js jsx mjs", "JSON": "json jsonc", "Jinja": "j2 jinja", "Julia": "jl",
    "Jupyter": "ipynb", "Kotlin": "kt kts", "Less": "less", "Lua": "lua", "Makefile": "makefile mk", "MATLAB": "mat",
    "Markdown": "markdown md mdx", "Nim": "nim", "Nix": "nix", "Nushell": "nu", "OCaml": "ml mli",
    "Objective-C": "m mm", "PHP": "php", "Perl": "pl pm t", "PowerShell": "ps1 psm1", "Protocol Buffers": "proto",
    "Python": "py pyi pyx", "QML": "qml", "R": "r rmd", "Ruby": "gemspec rake rb", "Rust": "rs", "SQL": "sql",
    "Sass": "sass scss", "Scala": "sbt scala", "Shell": "bash fish sh zsh", "Solidity": "sol", "Svelte": "svelte",
    "Swift": "swift", "TOML": "toml", "TypeScript": "cts mts ts tsx", "VHDL": "vhd vhdl", "Verilog": "sv v",
    "Vue": "vue", "XML": "xml xsd xsl", "YAML": "yaml yml", "Zig": "zig", "reStructuredText": "rst",
}  # fmt: skip


LANGUAGE_BY_FILE_NAME = {
    "dockerfile": "Dockerfile", "makefile": "Makefile", "gnumakefile": "Makefile", "justfile": "Just",
    "cmakelists.txt": "CMake", "rakefile": "Ruby", "gemfile": "Ruby", "jenkinsfile": "Groovy",
    "build.bazel": "Starlark",
}  # fmt: skip


OTHER_LANGUAGE = "Other"


def build_extension_map() -> dict[str, str]:
    """The language of each extension."""
    return {one: language for language, several in EXTENSIONS_BY_LANGUAGE.items() for one in several.split()}


def build_language_expression(path: pl.Expr) -> pl.Expr:
    """The language of each path: by its whole name, else by its extension, without regard to case."""
    name = path.str.extract(r"([^/]*)$", 1).str.to_lowercase()
    by_name = name.replace_strict(LANGUAGE_BY_FILE_NAME, default=None, return_dtype=pl.String)
    extension = name.str.extract(r".\.([^.]+)$", 1)
    by_extension = extension.replace_strict(build_extension_map(), default=OTHER_LANGUAGE, return_dtype=pl.String)
    return pl.coalesce(by_name, by_extension)
