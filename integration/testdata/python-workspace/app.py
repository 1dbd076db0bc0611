"""Answers where its packages come from."""

from bottle import Bottle
import six

app = Bottle()


@app.route("/")
def origin():
    return "six comes from " + six.ORIGIN


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=5000)
