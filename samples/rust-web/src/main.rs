//! A web server of one page, which it reads from its working directory.

use std::{env, fs, process::ExitCode};

use tiny_http::{Response, Server};

fn main() -> ExitCode {
    let port = env::var("PORT").unwrap_or_else(|_| "8080".to_string());
    let server = match Server::http(format!("0.0.0.0:{port}")) {
        Ok(server) => server,
        Err(err) => {
            eprintln!("cannot listen on port {port}: {err}");
            return ExitCode::FAILURE;
        }
    };
    for request in server.incoming_requests() {
        let page = match fs::read_to_string("static/page.txt") {
            Ok(page) => Response::from_string(page),
            Err(err) => Response::from_string(format!("cannot read the page: {err}\n")).with_status_code(500),
        };
        if let Err(err) = request.respond(page) {
            eprintln!("cannot answer: {err}");
        }
    }
    ExitCode::SUCCESS
}
