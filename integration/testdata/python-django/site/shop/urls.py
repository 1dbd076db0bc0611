from django.db import connection
from django.http import HttpResponse
from django.templatetags.static import static
from django.urls import path


def index(request):
    with connection.cursor() as cursor:
        cursor.execute("select 6 * 7")
        return HttpResponse(f"{cursor.fetchone()[0]} {static('site.css')}")


urlpatterns = [path("", index)]
