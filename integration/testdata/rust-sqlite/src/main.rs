use std::{env, ffi::CStr, io::{Read, Write}, net::TcpListener};

fn main() -> std::io::Result<()> {
    let port = env::var("PORT").unwrap_or("8080".into());
    let version = unsafe { CStr::from_ptr(libsqlite3_sys::sqlite3_libversion()) }.to_string_lossy();
    let sum = ring::digest::digest(&ring::digest::SHA256, b"abc");
    let sum: String = sum.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let body = format!("SQLite {version}, SHA-256 {sum}\n");
    for client in TcpListener::bind(format!("0.0.0.0:{port}"))?.incoming() {
        let mut client = client?;
        if client.read(&mut [0; 4096])? > 0 {
            write!(client, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())?;
        }
    }
    Ok(())
}
