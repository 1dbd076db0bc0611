from flask import Flask


def create_app(config=None):
    import psycopg2

    app = Flask(__name__)

    @app.route("/")
    def version():
        return f"libpq {psycopg2.extensions.libpq_version()}"

    return app
