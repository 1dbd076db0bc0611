use std::{env, io::{Read, Write}, net::TcpListener};

fn main() -> std::io::Result<()> {
    let port = env::var("PORT").unwrap_or("8080".into());
    for client in TcpListener::bind(format!("0.0.0.0:{port}"))?.incoming() {
        let mut client = client?;
        if client.read(&mut [0; 4096])? > 0 {
            let body = shared::greeting()?;
            write!(client, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())?;
        }
    }
    Ok(())
}
