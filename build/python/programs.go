package python

import "fmt"

// programs are console scripts of well-known packages, and those packages.
var programs = map[string]string{
	"gunicorn": "gunicorn", "uvicorn": "uvicorn", "hypercorn": "hypercorn", "daphne": "daphne", "waitress-serve": "waitress", "uwsgi": "uwsgi",
	"granian": "granian", "flask": "flask", "fastapi": "fastapi[standard]", "django-admin": "django", "celery": "celery", "rq": "rq",
	"dramatiq": "dramatiq", "huey_consumer": "huey", "alembic": "alembic", "streamlit": "streamlit", "gradio": "gradio", "chainlit": "chainlit",
	"adk": "google-adk", "jupyter": "jupyter", "mkdocs": "mkdocs", "scrapy": "scrapy", "honcho": "honcho", "supervisord": "supervisor",
}

// bring says how an app gets such a program.
func bring(program string) string {
	if programs[program] == "" {
		return ""
	}
	return fmt.Sprintf("Add %s to the app's dependencies (requirements.txt or pyproject.toml).", programs[program])
}
