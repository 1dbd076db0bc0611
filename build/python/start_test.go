package python

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

func TestStart(t *testing.T) {
	const (
		fast     = "from fastapi import FastAPI\napi: FastAPI = FastAPI()\n"
		flask    = "import flask\nweb = flask.Flask(__name__)\n"
		runs     = "if __name__ == '__main__':\n    run()\n"
		manage   = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\nfrom django.core.management import execute_from_command_line\n"
		wsgiPy   = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
		asgiPy   = "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n"
		gunicorn = "gunicorn --bind 0.0.0.0:${PORT:-8080} "
		uvicorn  = "uvicorn --host 0.0.0.0 --port ${PORT:-8080} "
		project  = "[project]\nname = \"shop\"\n[build-system]\nrequires = []\n"
	)
	for _, row := range []struct {
		name, dists string // dists: lines of requirements.txt
		files       map[string]string
		want        string
		server      string // that is brought
		function    function
		warns       string
	}{
		{name: "nothing", files: map[string]string{"lib.txt": "x"}},
		{name: "main.py goes before app.py", files: map[string]string{"app.py": "x", "main.py": "x"}, want: "python3 main.py"},
		{name: "a lone file", files: map[string]string{"weather.py": "x"}, want: "python3 weather.py", warns: "nothing in it says that it is a program"},
		{name: "the only file that runs itself", files: map[string]string{"weather.py": runs, "data.py": "x"}, want: "python3 weather.py"},
		{name: "the only server of those that run themselves", files: map[string]string{"mail_server.py": "import grpc\nserver = grpc.server(x)\n" + runs, "mail_client.py": "import grpc\n" + runs, "logger.py": "x"}, want: "python3 mail_server.py"},
		{name: "two servers", files: map[string]string{"a.py": "make_server(x)\n" + runs, "b.py": "make_server(x)\n" + runs}},
		{name: "bot.py", dists: "discord.py", files: map[string]string{"bot.py": runs, "data.py": "x"}, want: "python3 bot.py"},

		{name: "FastAPI with uvicorn", dists: "fastapi uvicorn", files: map[string]string{"main.py": fast}, want: uvicorn + "main:api"},
		{name: "FastAPI brings uvicorn", dists: "fastapi", files: map[string]string{"main.py": fast}, want: uvicorn + "main:api", server: "uvicorn"},
		{name: "FastAPI's standard extra has uvicorn", dists: "fastapi[standard]", files: map[string]string{"main.py": fast}, want: uvicorn + "main:api"},
		{name: "a framework goes before __main__", dists: "fastapi uvicorn", files: map[string]string{"main.py": fast + runs}, want: uvicorn + "main:api"},
		{name: "FastAPI in the package folder", dists: "fastapi uvicorn", files: map[string]string{"app/__init__.py": "", "app/main.py": "from app.db import x\n" + fast, "app/db.py": ""}, want: uvicorn + "app.main:api"},
		{name: "FastAPI in src", dists: "fastapi uvicorn", files: map[string]string{"src/shop/main.py": "from shop.db import x\n" + fast, "src/shop/db.py": ""}, want: "PYTHONPATH=src " + uvicorn + "shop.main:api"},
		{name: "FastAPI directly in src", dists: "fastapi uvicorn", files: map[string]string{"src/main.py": fast}, want: "PYTHONPATH=src " + uvicorn + "main:api"},
		{name: "FastAPI beside its neighbours", dists: "fastapi uvicorn", files: map[string]string{"backend/main.py": "from routers import x\n" + fast, "backend/routers/x.py": ""}, want: "cd backend && " + uvicorn + "main:api"},
		{name: "FastAPI with relative imports", dists: "fastapi uvicorn", files: map[string]string{"backend/main.py": "from .routers import x\n" + fast, "backend/routers/x.py": ""}, want: uvicorn + "backend.main:api"},
		{name: "a factory of FastAPI", dists: "fastapi uvicorn", files: map[string]string{"main.py": "from fastapi import FastAPI\ndef create_app(debug=False):\n    app = FastAPI()\n    return app\n"}, want: uvicorn + "--factory main:create_app"},
		{name: "a made FastAPI", dists: "fastapi uvicorn", files: map[string]string{"main.py": "from shop import create_app\napp = create_app()\n", "shop/__init__.py": "from fastapi import FastAPI\ndef create_app():\n    return FastAPI()\n"}, want: uvicorn + "main:app"},
		{name: "hypercorn", dists: "fastapi hypercorn", files: map[string]string{"main.py": fast}, want: "hypercorn --bind 0.0.0.0:${PORT:-8080} main:api"},
		{name: "a docstring with an app in it", dists: "fastapi uvicorn", files: map[string]string{"main.py": "\"\"\"\nfrom fastapi import FastAPI\napp = FastAPI()\n\"\"\"\n" + fast}, want: uvicorn + "main:api"},
		{name: "Starlette, Litestar, Quart", dists: "litestar uvicorn", files: map[string]string{"app.py": "from litestar import Litestar, get\napp = Litestar([x])\n"}, want: uvicorn + "app:app"},
		{name: "an ASGI callable", dists: "uvicorn", files: map[string]string{"app.py": "async def app(scope, receive, send):\n    pass\n"}, want: uvicorn + "app:app"},
		{name: "Socket.IO around FastAPI", dists: "fastapi uvicorn python-socketio", files: map[string]string{"main.py": "import socketio\n" + fast + "wrapped = socketio.ASGIApp(sio, api)\n"}, want: uvicorn + "main:wrapped"},

		{name: "Flask with gunicorn", dists: "flask gunicorn", files: map[string]string{"app.py": flask}, want: gunicorn + "app:web"},
		{name: "Flask brings gunicorn", dists: "flask==1.1.4", files: map[string]string{"app.py": flask + "if __name__ == '__main__':\n    web.run(debug=True)\n"}, want: gunicorn + "app:web", server: "gunicorn"},
		{name: "Flask with uWSGI in wheels", dists: "flask pyuwsgi", files: map[string]string{"app.py": flask}, want: "uwsgi --http-socket 0.0.0.0:${PORT:-8080} --master --die-on-term --module app:web"},
		{name: "Flask with granian", dists: "flask granian", files: map[string]string{"app.py": flask}, want: "granian --interface wsgi --host 0.0.0.0 --port ${PORT:-8080} app:web"},
		{name: "Flask without an index", dists: "--no-index flask", files: map[string]string{"app.py": flask}, want: "FLASK_APP=app:web flask run --host 0.0.0.0 --port ${PORT:-8080}"},
		{name: "Flask with waitress", dists: "flask waitress", files: map[string]string{"app.py": flask}, want: "waitress-serve --host 0.0.0.0 --port ${PORT:-8080} app:web"},
		{name: "a factory of Flask", dists: "flask gunicorn", files: map[string]string{"shop/__init__.py": "from flask import Flask\ndef create_app(test_config=None):\n    app = Flask(__name__)\n    return app\n"}, want: gunicorn + "'shop:create_app()'"},
		{name: "a factory with parameters is none", dists: "flask gunicorn", files: map[string]string{"app.py": "from flask import Flask\ndef create_app(config):\n    app = Flask(__name__)\n    return app\n"}, want: "python3 app.py"},
		{name: "wsgi.py that takes the app", dists: "flask gunicorn", files: map[string]string{"wsgi.py": "from shop import app\n", "shop/__init__.py": "from flask import Flask\napp = Flask(__name__)\n"}, want: gunicorn + "wsgi:app"},
		{name: "Flask-SocketIO", dists: "flask flask-socketio gunicorn", files: map[string]string{"app.py": flask}, want: gunicorn + "--threads 100 app:web"},
		{name: "an indented app is none", dists: "flask gunicorn", files: map[string]string{"app.py": "from flask import Flask\nclass A:\n    web = Flask(__name__)\n"}, want: "python3 app.py"},
		{name: "a WSGI class by hand", dists: "gunicorn", files: map[string]string{"main.py": "class App:\n    def __call__(self, environ, start_response):\n        pass\n\napp = App()\n"}, want: gunicorn + "main:app"},
		{
			name: "WSGI callables by hand, and the app that is made of one", dists: "gunicorn", want: gunicorn + "main:app",
			files: map[string]string{"main.py": "def count(environ, start_response):\n    pass\n\nclass App:\n    def get(self, environ):\n        pass\n\n    def __call__(self, environ, start_response):\n        pass\n\napp = wrap(App())\n"},
		},
		{name: "WSGI callables, one of a usual name", dists: "gunicorn", files: map[string]string{"main.py": "def count(environ, start_response):\n    pass\n\ndef application(environ, start_response):\n    pass\n"}, want: gunicorn + "main:application"},
		{name: "an ASGI class by hand", dists: "uvicorn", files: map[string]string{"main.py": "class App:\n    async def __call__(self, scope, receive, send) -> None:\n        pass\n\napplication = App()\n"}, want: uvicorn + "main:application"},
		{name: "a class for WSGI that nothing makes", dists: "gunicorn", files: map[string]string{"main.py": "class Middleware:\n    def __call__(self, environ, start_response):\n        pass\n\nprint(1)\n"}, want: "python3 main.py"},
		{name: "a WSGI callable", dists: "gunicorn", files: map[string]string{"hello.py": "def application(environ, start_response):\n    pass\n"}, want: gunicorn + "hello:application"},
		{name: "Bottle", dists: "bottle", files: map[string]string{"app.py": "from bottle import Bottle\napp = Bottle()\n"}, want: gunicorn + "app:app", server: "gunicorn"},
		{name: "Dash with its server", dists: "dash gunicorn", files: map[string]string{"app.py": "from dash import Dash\napp = Dash(__name__)\nserver = app.server\n"}, want: gunicorn + "app:server"},
		{name: "Dash", dists: "dash", files: map[string]string{"app.py": "from dash import Dash\napp = Dash(__name__)\n"}, want: "HOST=0.0.0.0 PORT=${PORT:-8080} python3 app.py"},
		{name: "Sanic", dists: "sanic", files: map[string]string{"server.py": "from sanic import Sanic\napp = Sanic('x')\n"}, want: "sanic --host 0.0.0.0 --port ${PORT:-8080} --single-process server:app"},

		{name: "Django", dists: "django gunicorn", files: map[string]string{"manage.py": manage, "shop/wsgi.py": wsgiPy, "shop/asgi.py": asgiPy, "main.py": "x"}, want: gunicorn + "shop.wsgi:application"},
		{name: "Django brings gunicorn", dists: "django", files: map[string]string{"manage.py": manage, "shop/wsgi.py": wsgiPy, "shop/asgi.py": asgiPy}, want: gunicorn + "shop.wsgi:application", server: "gunicorn"},
		{name: "Django in a folder", dists: "django gunicorn", files: map[string]string{"site/manage.py": manage, "site/shop/wsgi.py": wsgiPy}, want: "cd site && " + gunicorn + "shop.wsgi:application"},
		{name: "Django with several wsgi modules", dists: "django gunicorn", files: map[string]string{"manage.py": manage, "aaa/wsgi.py": wsgiPy, "shop/config/wsgi.py": wsgiPy}, want: gunicorn + "shop.config.wsgi:application"},
		{name: "Django with the extra of channels", dists: "django channels[daphne]", files: map[string]string{"manage.py": manage, "shop/asgi.py": asgiPy}, want: "daphne -b 0.0.0.0 -p ${PORT:-8080} shop.asgi:application"},
		{name: "Django with channels", dists: "django channels daphne", files: map[string]string{"manage.py": manage, "shop/wsgi.py": wsgiPy, "shop/asgi.py": asgiPy}, want: "daphne -b 0.0.0.0 -p ${PORT:-8080} shop.asgi:application"},
		{name: "Django by uvicorn", dists: "django uvicorn", files: map[string]string{"manage.py": manage, "shop/wsgi.py": wsgiPy, "shop/asgi.py": asgiPy}, want: uvicorn + "shop.asgi:application"},
		{name: "Django without wsgi", dists: "django", files: map[string]string{"manage.py": manage}, want: "python3 manage.py runserver --noreload 0.0.0.0:${PORT:-8080}", warns: "development server"},

		{name: "Streamlit", dists: "streamlit", files: map[string]string{"streamlit_app.py": "import streamlit as st\nst.title('x')\n", "pages/app.py": "import streamlit as st\nst.title('x')\n"}, want: "streamlit run --server.address 0.0.0.0 --server.port ${PORT:-8080} --server.headless true --browser.gatherUsageStats false streamlit_app.py"},
		{name: "Streamlit in any file", dists: "streamlit", files: map[string]string{"weather.py": "import streamlit\nstreamlit.title('x')\n"}, want: "streamlit run --server.address 0.0.0.0 --server.port ${PORT:-8080} --server.headless true --browser.gatherUsageStats false weather.py"},
		{name: "Gradio", dists: "gradio", files: map[string]string{"app.py": "import gradio as gr\ngr.Interface(f).launch()\n"}, want: "GRADIO_SERVER_PORT=${PORT:-8080} python3 app.py"},
		{name: "Gradio that names the loopback address", dists: "gradio", files: map[string]string{"app.py": "import gradio as gr\ngr.Interface(f).launch(server_name='127.0.0.1')\n"}, want: "GRADIO_SERVER_PORT=${PORT:-8080} python3 app.py", warns: "app.py line 2: launch names the loopback address"},
		{name: "Gradio in FastAPI", dists: "gradio fastapi uvicorn", files: map[string]string{"app.py": "import gradio as gr\n" + fast + "api = gr.mount_gradio_app(api, x, path='/')\n"}, want: uvicorn + "app:api"},
		{name: "Locust", dists: "locust", files: map[string]string{"locustfile.py": "from locust import FastHttpUser\nclass WebUser(FastHttpUser):\n    pass\n"}, want: "locust --web-host 0.0.0.0 --web-port ${PORT:-8080} -f locustfile.py"},
		{name: "Chainlit", dists: "chainlit", files: map[string]string{"app.py": "import chainlit as cl\n@cl.on_message\nasync def main(m):\n    pass\n"}, want: "chainlit run --headless --host 0.0.0.0 --port ${PORT:-8080} app.py"},
		{name: "agents", dists: "google-adk", files: map[string]string{"agents/weather/__init__.py": "", "agents/weather/agent.py": "from google.adk.agents import Agent\nroot_agent = Agent()\n"}, want: "adk web --host 0.0.0.0 --port ${PORT:-8080} agents"},
		{name: "agents that are served by FastAPI", dists: "google-adk uvicorn fastapi", files: map[string]string{"weather/agent.py": "root_agent = Agent()\n", "main.py": "from fastapi import FastAPI\nfrom google.adk.cli.fast_api import get_fast_api_app\napp: FastAPI = get_fast_api_app(agents_dir='.')\n"}, want: uvicorn + "main:app"},
		{name: "Django in one file", dists: "django gunicorn", files: map[string]string{"app.py": "from django.conf import settings\n" + wsgiPy + runs}, want: gunicorn + "app:application"},
		{name: "Django in one file, wrapped", dists: "django", files: map[string]string{"main.py": "from django.core.wsgi import get_wsgi_application\napp = WhiteNoise(get_wsgi_application())\n"}, want: gunicorn + "main:app", server: "gunicorn"},
		{name: "Django without manage.py", dists: "django gunicorn", files: map[string]string{"shop/__init__.py": "", "shop/settings.py": "", "shop/wsgi.py": wsgiPy}, want: gunicorn + "shop.wsgi:application"},
		{name: "a function without a mark", dists: "functions-framework==3.*", files: map[string]string{"main.py": "def hello(request):\n    return 'x'\n"}, want: "functions-framework --host 0.0.0.0 --port ${PORT:-8080} --source main.py --target hello"},
		{name: "two functions without a mark", dists: "functions-framework", files: map[string]string{"main.py": "def a(request):\n    return 'x'\ndef b(request):\n    return 'x'\n"}, want: "python3 main.py"},
		{name: "the function that the settings name", dists: "functions-framework", function: function{Name: "b", Signature: "cloudevent"}, files: map[string]string{"main.py": "def a(request):\n    return 'x'\ndef b(event):\n    return 'x'\n"}, want: "functions-framework --host 0.0.0.0 --port ${PORT:-8080} --source main.py --target b --signature-type cloudevent"},
		{name: "a function whose framework nothing lists", dists: "flask", function: function{Name: "b"}, files: map[string]string{"main.py": "def b(request):\n    return 'x'\n"}, want: "functions-framework --host 0.0.0.0 --port ${PORT:-8080} --source main.py --target b"},
		{name: "a function of an app without packages", function: function{Name: "b"}, files: map[string]string{"main.py": "def b(request):\n    return 'x'\n"}, want: "functions-framework --host 0.0.0.0 --port ${PORT:-8080} --source main.py --target b"},
		{name: "a setting for a file that is not there", function: function{Name: "b"}, files: map[string]string{"app.py": "def b(request):\n    return 'x'\n"}, want: "python3 app.py"},
		{name: "a tool's configuration alone", dists: "nox", files: map[string]string{"noxfile.py": "import nox\n"}},
		{name: "a server's configuration beside the app", dists: "x", files: map[string]string{"gunicorn.conf.py": "workers = 2\n", "shop.py": "run()\n"}, want: "python3 shop.py"},
		{name: "tasks that run themselves", dists: "x", files: map[string]string{"tasks.py": "if __name__ == '__main__':\n    run()\n"}, want: "python3 tasks.py"},
		{name: "Reflex", dists: "reflex", files: map[string]string{"rxconfig.py": "import reflex as rx\nconfig = rx.Config(app_name='shop')\n", "shop/shop.py": "from fastapi import FastAPI\nfastapi = FastAPI()\n"}},
		{name: "a file that says nothing", dists: "x", files: map[string]string{"shop.py": "import y.z, os\ndef f():\n    pass\n"}, want: "python3 shop.py", warns: "shop.py is started because there is no other file"},
		{name: "a function", dists: "functions-framework", files: map[string]string{"main.py": "import functions_framework\n@functions_framework.http\ndef hello(request):\n    return 'x'\n"}, want: "functions-framework --host 0.0.0.0 --port ${PORT:-8080} --source main.py --target hello"},
		{name: "aiohttp", dists: "aiohttp", files: map[string]string{"main.py": "from aiohttp import web\napp = web.Application()\nweb.run_app(app)\n"}, want: "python3 main.py"},
		{name: "aiohttp with gunicorn", dists: "aiohttp gunicorn", files: map[string]string{"main.py": "from aiohttp import web\napp = web.Application()\nif __name__ == '__main__':\n    web.run_app(app)\n"}, want: gunicorn + "--worker-class aiohttp.GunicornWebWorker main:app"},
		{name: "a factory of aiohttp", dists: "aiohttp", files: map[string]string{"app.py": "from aiohttp import web\nasync def create_app():\n    app = web.Application()\n    return app\n"}, want: gunicorn + "--worker-class aiohttp.GunicornWebWorker app:create_app", server: "gunicorn"},
		{name: "aiohttp as a client", dists: "aiohttp python-telegram-bot", files: map[string]string{"bot.py": "import aiohttp\nfrom telegram.ext import Application\napp = Application()\n"}, want: "python3 bot.py"},
		{name: "Bottle's default app", dists: "bottle", files: map[string]string{"app.py": "from bottle import route, run\n@route('/')\ndef i():\n    pass\nrun(host='localhost')\n"}, want: "python3 -m bottle --bind 0.0.0.0:${PORT:-8080} --server gunicorn app", server: "gunicorn"},
		{name: "Bottle's default app, with waitress", dists: "bottle waitress", files: map[string]string{"src/web.py": "import bottle\n@bottle.get('/')\ndef i():\n    pass\n"}, want: "PYTHONPATH=src python3 -m bottle --bind 0.0.0.0:${PORT:-8080} --server waitress web"},
		{name: "Pyramid in a block", dists: "pyramid waitress", files: map[string]string{"app.py": "from pyramid.config import Configurator\nwith Configurator() as config:\n    config.scan()\n\n    app = config.make_wsgi_app()\n"}, want: "waitress-serve --host 0.0.0.0 --port ${PORT:-8080} app:app"},
		{name: "Robyn", dists: "robyn", files: map[string]string{"app.py": "from robyn import Robyn\napp = Robyn(__file__)\napp.start()\n"}, want: "ROBYN_PORT=${PORT:-8080} python3 app.py"},
		{name: "aiohttp on loopback", dists: "aiohttp", files: map[string]string{"main.py": "from aiohttp import web\napp = web.Application()\nweb.run_app(app, host='localhost')\n"}, want: "python3 main.py", warns: "main.py line 3: run_app names the loopback address"},

		{name: "a script named start", dists: "", files: map[string]string{"pyproject.toml": project + "dependencies = []\n"[:0] + "[project.scripts]\nstart = \"shop:main\"\nother = \"shop:x\"\n", "shop.py": "x"}, want: "start"},
		{name: "a script named start, on loopback: the framework", files: map[string]string{"pyproject.toml": "[tool.poetry]\nname = \"chat\"\n[tool.poetry.dependencies]\npython = \"^3\"\nquart = \"*\"\n[tool.poetry.scripts]\nstart = \"chat:run\"\n", "src/chat/__init__.py": "from quart import Quart\napp = Quart(__name__)\ndef run():\n    app.run(debug=True)\n"}, want: "PYTHONPATH=src " + uvicorn + "chat:app", server: "uvicorn"},
		{name: "a script named start, on loopback, without one", files: map[string]string{"pyproject.toml": project + "[project.scripts]\nstart = \"shop:main\"\n", "shop.py": "from http.server import HTTPServer\ndef main():\n    HTTPServer(('localhost', 80), H).serve_forever()\n"}, want: "start", warns: "shop.py line 3"},
		{name: "Poetry's script", files: map[string]string{"pyproject.toml": "[tool.poetry]\nname = \"shop\"\n[tool.poetry.dependencies]\npython = \"^3\"\nfastapi = \"*\"\n[tool.poetry.scripts]\nstart = \"shop.main:go\"\n", "shop/main.py": fast}, want: "start"},
		{name: "Poetry's script of an app that is no package", files: map[string]string{"pyproject.toml": "[tool.poetry]\nname = \"shop\"\npackage-mode = false\n[tool.poetry.scripts]\nstart = \"shop.main:go\"\ndev = \"shop.main:dev\"\n", "shop/main.py": fast}, want: "python3 -c 'import sys; from shop.main import go; sys.exit(go())'"},
		{name: "such a script in a folder that Python does not look in", files: map[string]string{"pyproject.toml": "[tool.poetry]\nname = \"shop\"\npackage-mode = false\n[tool.poetry.scripts]\nstart = \"shop.main:go\"\n", "lib/shop/main.py": "x", "main.py": "x"}, want: "python3 main.py"},
		{name: "such a script that is no name", files: map[string]string{"pyproject.toml": "[tool.poetry]\nname = \"shop\"\npackage-mode = false\n[tool.poetry.scripts]\nstart = \"shop.main:go'; evil('\"\n", "shop/main.py": "x", "main.py": "x"}, want: "python3 main.py"},
		{name: "the only script, which serves", files: map[string]string{"pyproject.toml": "[project]\nname = \"shop\"\ndependencies = [\"fastapi\"]\n[project.scripts]\nshop = \"shop.main:go\"\n", "shop/main.py": fast + "def go():\n    uvicorn.run(api, host='0.0.0.0')\n"}, want: "shop"},
		{name: "the only script, on loopback: the framework", files: map[string]string{"pyproject.toml": "[project]\nname = \"shop\"\ndependencies = [\"fastapi\"]\n[project.scripts]\nshop = \"shop.main:go\"\n", "shop/main.py": "import uvicorn\n" + fast + "def go():\n    uvicorn.run(api)\n"}, want: uvicorn + "shop.main:api", server: "uvicorn"},
		{name: "the only script of a program", files: map[string]string{"pyproject.toml": "[project]\nname = \"shop\"\n[project.scripts]\nshop = \"shop.cli:go\"\n", "shop/cli.py": "x", "main.py": "x"}, want: "shop"},
		{name: "a package that is run", files: map[string]string{"shop/__main__.py": "from . import x\n"}, want: "python3 -m shop"},
		{name: "a bot in src", dists: "discord.py", files: map[string]string{"src/bot.py": "import discord\nclient.run('x')\n", "src/cogs.py": "x"}, want: "python3 src/bot.py"},
		{name: "the only file in src", files: map[string]string{"src/weather.py": "x"}, want: "python3 src/weather.py", warns: "nothing in it says that it is a program"},
		{name: "the root before src", files: map[string]string{"weather.py": "x", "src/main.py": ""}, want: "python3 src/main.py"},
		{name: "application.py", dists: "flask gunicorn", files: map[string]string{"application.py": "from flask import Flask\napplication = Flask(__name__)\n"}, want: gunicorn + "application:application"},
		{name: "a file that runs the package's app", dists: "flask gunicorn", files: map[string]string{"run.py": "from shop import create_app\napp = create_app()\n" + runs, "shop/__init__.py": "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    return app\n"}, want: gunicorn + "run:app"},
		{name: "a file in src", files: map[string]string{"src/main.py": runs}, want: "python3 src/main.py"},
		{name: "a module in a package", files: map[string]string{"shop/main.py": "from shop import x\n" + runs, "shop/__init__.py": ""}, want: "python3 -m shop.main"},
		{name: "nothing", files: map[string]string{}},
		{name: "tests and environments are no app", dists: "flask", files: map[string]string{"tests/app.py": flask, ".venv/lib/app.py": flask, "mine/pyvenv.cfg": "", "mine/app.py": flask}},
		{name: "a manage.py without Django is no server", files: map[string]string{"manage.py": "from django.core.management import execute_from_command_line\n"}},
		{name: "a server on loopback", files: map[string]string{"server.py": "from http.server import HTTPServer\nHTTPServer(('localhost', 8000), H).serve_forever()\n"}, want: "python3 server.py", warns: "server.py line 2: HTTPServer names the loopback address"},
		{name: "a server on every address", files: map[string]string{"server.py": "from http.server import HTTPServer\nHTTPServer(('', 8000), H).serve_forever()\n"}, want: "python3 server.py"},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := row.files
			if row.dists != "" {
				files["requirements.txt"] = strings.ReplaceAll(row.dists, " ", "\n")
			}
			dir := languagetest.Files(files)
			p, err := makePlan(t.Context(), dir, asker{markers: onLinux{}, python: "3.13.5", serves: row.function})
			if err != nil {
				t.Fatal(err)
			}
			s, err := findStart(dir, p)
			if err != nil {
				t.Fatal(err)
			}
			if s.Line != row.want {
				t.Errorf("got  %s (%s)\nwant %s", s.Line, s.Why, row.want)
			}
			if s.Server != row.server {
				t.Errorf("server %q is brought", s.Server)
			}
			if warns := strings.Join(s.Warnings, "\n"); !strings.Contains(warns, row.warns) || (row.warns == "") != (warns == "") {
				t.Errorf("warnings: %s", warns)
			}
			if len(files) == 0 && !strings.Contains(strings.Join(s.Looked, " "), "Python files, of which there is none") {
				t.Errorf("of Python files it says %v", s.Looked)
			}
			if row.want == "" && !strings.Contains(strings.Join(s.Looked, " "), "main.py") {
				t.Errorf("looked for %v", s.Looked)
			}
		})
	}
}

func TestBlank(t *testing.T) {
	for in, want := range map[string]string{
		"a = 'x' # y\nb":               "a = ' '    \nb",
		"\"\"\"\napp = F()\n\"\"\"\nx": "\"\"\"\n         \n\"\"\"\nx",
		`a = "\"app" + b`:              `a = "     " + b`,
		"a = 'open\nb = 1":             "a = '    \nb = 1",
		"# it's\nx = 1":                "      \nx = 1",
	} {
		if got := blank(in); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}

// TestAppsOfReflexAreRefusedWithWhatStartsThem names the file, what the image lacks, and the line of a Procfile.
func TestAppsOfReflexAreRefusedWithWhatStartsThem(t *testing.T) {
	err := unknownStart(start{Reflex: true})
	for _, want := range []string{"nothing says how the app starts", "rxconfig.py is Reflex's", "by Node.js when it starts, which the image does not have", "web: reflex run --env prod --backend-only --backend-host 0.0.0.0 --backend-port $PORT"} {
		languagetest.Has(t, err, want)
	}
}
