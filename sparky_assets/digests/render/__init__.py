"""From a digest to text: templates, HTML, front matter, feeds, site pages."""
