from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "qaplatform.web"
    label = "web"
    verbose_name = "Page shell"
