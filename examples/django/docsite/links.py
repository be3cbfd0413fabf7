"""The addresses of pages, for PQA["URL_RESOLVER"]."""


def urls_of(project, per_version):
    """A function from a path (or, per version, a full path) to its URL."""
    host = f"https://{project.slug}.docs.example"
    version = project.get_default_version()

    def url_of(path):
        return f"{host}{path or ''}" if per_version else f"{host}/en/{version}{path}"
    return url_of
