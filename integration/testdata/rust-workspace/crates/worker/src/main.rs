fn main() -> std::io::Result<()> {
    print!("worker: {}", shared::greeting()?);
    Ok(())
}
