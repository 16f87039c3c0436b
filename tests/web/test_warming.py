"""What a fresh process reads before its first visitor comes."""

from django.template import engines

from qaplatform.web.warming import own_templates, warm_up


def test_every_template_of_ours_is_read_and_compiles():
    names = own_templates()

    warm_up()

    assert {"base.html", "labeling/work/workspace.html", "calibration/home/home.html"} <= set(names)
    assert all(engines["django"].get_template(name) for name in names)
