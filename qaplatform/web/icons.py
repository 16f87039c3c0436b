"""Line drawings of the rail and the tools, as SVG paths on a grid of 16."""

PLAIN_DOT = "M7 8a1 1 0 1 0 2 0a1 1 0 1 0-2 0z"

ICONS = {
    "home": "M2.5 7L8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z",
    "work": "M2.5 4.5h11v8h-11zM6 4.5v-2h4v2M2.5 8h11",
    "quality": "M2.5 13.5V9M6 13.5v-7M9.5 13.5v-4M13 13.5V3",
    "training": "M1.5 6L8 3l6.5 3L8 9zM4 7.5V11c2 1.8 6 1.8 8 0V7.5",
    "overview": "M2.5 2.5H7V7H2.5zM9 2.5h4.5V7H9zM2.5 9H7v4.5H2.5zM9 9h4.5v4.5H9z",
    "agreement": "M2 8a4 4 0 1 0 8 0a4 4 0 1 0-8 0zM6 8a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "people": (
        "M3.5 5.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0zM1.5 13.5c.3-3 2-4.5 4.5-4.5s4.2 1.5 4.5 4.5"
        "M10.5 3.2a2.5 2.5 0 0 1 0 4.6M12 9.5c1.6.6 2.4 2 2.5 4"
    ),
    "flag": "M3.5 14V2.5H12l-2 3 2 3H3.5",
    "sets": "M5.5 2.5h8v8h-8zM2.5 5.5v8h8",
    "gold": "M8 2l1.8 3.8 4.2.5-3.1 2.9.8 4.1L8 11.3l-3.7 2 .8-4.1L2 6.3l4.2-.5z",
    "queue": "M2.5 4h11M2.5 8h11M2.5 12h7",
    "import": "M8 2v7.5M5 7l3 3 3-3M2.5 10.5v3h11v-3",
    "policy": "M3.5 2.5h6l3 3v8h-9zM9.5 2.5v3h3M5.5 8.5h5M5.5 11h5",
    "vendor": "M2.5 13.5v-9l5-2v11M7.5 6.5h6v7h-11M5 6v.01M5 9v.01M10.5 9v.01",
    "settings": (
        "M2.5 4.5h6M11.5 4.5h2M2.5 11.5h2M7.5 11.5h6M8.5 4.5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0z"
        "M4.5 11.5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0z"
    ),
    "health": "M1.5 8.5h3l2-5 3 9 2-4h3",
    "help": ("M2.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0zM6.3 6.5c0-2.2 3.4-2.2 3.4 0C9.7 8 8 7.9 8 9.3M8 11.3v.01"),
    "pause": "M5.5 3v10M10.5 3v10",
    "menu": "M2.5 4h11M2.5 8h11M2.5 12h11",
    "close": "M3.5 3.5l9 9M12.5 3.5l-9 9",
    "theme": "M2.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0zM8 2.5v11M10.5 3.5v9M12.7 5.3v5.4",
    "keys": "M1.5 4.5h13v7h-13zM4 7v.01M6.5 7v.01M9 7v.01M11.5 7v.01M5 9.5h6",
    "out": "M9.5 2.5h-6v11h6M6.5 8h7M11 5.5L13.5 8 11 10.5",
    "history": "M2.5 3v3.5H6M2.8 6.3A5.5 5.5 0 1 1 2.5 9M8 5v3.2l2.2 1.3",
    "audit": "M2.5 7a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0zM10.3 10.3l3.2 3.2M5 7l1.5 1.5L9.2 5.7",
    "disagreement": "M2.5 3h7v5h-4l-3 2.5zM11.5 6h2v7.5l-3-2.5h-4v-1",
    "book": "M8 4.5c-1.5-1.3-3.5-1.5-5.5-1.5v9c2 0 4 .2 5.5 1.5 1.5-1.3 3.5-1.5 5.5-1.5V3c-2 0-4 .2-5.5 1.5zM8 4.5v9",
}


def path_of(name: str) -> str:
    """The drawing of a name; an unknown name is a dot."""
    return ICONS.get(name, PLAIN_DOT)
