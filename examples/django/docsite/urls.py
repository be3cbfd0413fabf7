from django.urls import path

from analytics import views

urlpatterns = [
    path("", views.projects),
    path("projects/<slug:slug>/traffic/", views.traffic, name="traffic"),
    path("projects/<slug:slug>/traffic.csv", views.download, name="download"),
]
