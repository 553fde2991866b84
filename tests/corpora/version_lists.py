"""Versions by their specifications.

The first two lists are those of pypa/packaging (tests/test_version.py; Apache-2.0 or BSD-2-Clause, copyright Donald
Stufft and individual contributors), the others those of npm/node-semver (test/fixtures; ISC, copyright Isaac Z.
Schlueter and Contributors). Each is split by what the project's own parser says of it.
"""

PEP_440_PRE_RELEASES = (
    "1.0.dev0", "1.0.dev456", "1.0.dev456+local", "1.0a0", "1.0a0.post0.dev0", "1.0a0.post0", "1.0a1.dev1",
    "1.0a1.dev1+local", "1.0a1", "1.0a1+local", "1.0b0", "1.0b1.dev456", "1.0b2", "1.0b2.post345.dev456",
    "1.0b2.post345", "1.0b2-346", "1.0rc0", "1.0rc1.dev1", "1.0c1", "1.0rc2", "1.0.post0.dev0", "1.0.post456.dev34",
    "1.0.1.dev1", "1.0.1a1", "1.1.dev1", "1!1.0.dev0", "1!1.0.dev456", "1!1.0.dev456+local", "1!1.0a0",
    "1!1.0a0.post0.dev0", "1!1.0a0.post0", "1!1.0a1.dev1", "1!1.0a1.dev1+local", "1!1.0a1", "1!1.0a1+local",
    "1!1.0b0", "1!1.0b1.dev456", "1!1.0b2", "1!1.0b2.post345.dev456", "1!1.0b2.post345", "1!1.0b2-346", "1!1.0rc0",
    "1!1.0rc1.dev1", "1!1.0c1", "1!1.0rc2", "1!1.0.post0.dev0", "1!1.0.post456.dev34", "1!1.0.1.dev1", "1!1.0.1a1",
    "1!1.1.dev1",
)  # fmt: skip
"""Pre-releases by PEP 440."""

PEP_440_FINAL_VERSIONS = (
    "1.0", "1.0.post0", "1.0.post456", "1.0.post456+local", "1.0.1", "1.0.1+local", "1.0.1.post1", "1.2+a", "1.2+abc",
    "1.2+abcdef", "1.2+def", "1.2+0", "1.2+1", "1.2+1.abc", "1.2+1.1", "1.2+1.1.0", "1.2+2", "1.2+123", "1.2+123456",
    "1.2.r32+123456", "1.2.rev33+123456", "1!1.0", "1!1.0.post0", "1!1.0.post456", "1!1.0.post456+local", "1!1.0.1",
    "1!1.0.1+local", "1!1.0.1.post1", "1!1.2+a", "1!1.2+abc", "1!1.2+abcdef", "1!1.2+def", "1!1.2+0", "1!1.2+1",
    "1!1.2+1.abc", "1!1.2+1.1", "1!1.2+1.1.0", "1!1.2+2", "1!1.2+123", "1!1.2+123456", "1!1.2.r32+123456",
    "1!1.2.rev33+123456",
)  # fmt: skip
"""Final and post-releases by PEP 440."""

SEMVER_PRE_RELEASES = (
    "0.0.0-foo", "1.2.3-0", "1.2.3-1", "1.2.3-1.2.3", "1.2.3-123", "1.2.3-1a", "1.2.3-4", "1.2.3-4-foo", "1.2.3-5",
    "1.2.3-5-Foo", "1.2.3-5-foo", "1.2.3-R2", "1.2.3-a", "1.2.3-a.10", "1.2.3-a.5", "1.2.3-a.b", "1.2.3-a.b.c.10.d.5",
    "1.2.3-a.b.c.5.d.100", "1.2.3-a1", "1.2.3-alpha", "1.2.3-alpha+build", "1.2.3-alpha-.-beta", "1.2.3-alpha-1",
    "1.2.3-alpha.1", "1.2.3-asdf", "1.2.3-beta", "1.2.3-beta+build", "1.2.3-beta+otherbuild", "1.2.3-r100",
    "1.2.3-r2", "v0.0.0-foo", "v1.2.3-0", "v1.2.3-1", "v1.2.3-beta",
)  # fmt: skip
"""Pre-releases by SemVer."""

SEMVER_FINAL_VERSIONS = (
    "0.0.0", "0.0.1", "0.10.0", "0.9.0", "0.9.9", "0.99.0", "1.0.0", "1.2.3", "1.2.3+456", "1.2.3+build",
    "1.2.3+build.1", "1.2.3+build.1a", "1.2.3+build.a1", "1.2.3+build.alpha", "1.2.3+build.alpha.beta",
    "1.2.3+new-build", "1.2.3+otherbuild", "2.0.0", "2.1.0", "2.7.2+asdf", "3.0.0", "3.2.1", "v0.0.0", "v0.0.1",
    "v0.10.0", "v0.9.0", "v0.9.9", "v0.99.0", "v1.0.0", "v1.2.3", "v1.2.3+build", "v2.0.0",
)  # fmt: skip
"""Final versions by SemVer, some with build metadata."""
