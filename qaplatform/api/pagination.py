"""Lists of the API."""

from rest_framework.pagination import CursorPagination


class PageByCursor(CursorPagination):
    """Pages by cursor: stable while rows arrive, flat in cost."""

    ordering = "-id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
