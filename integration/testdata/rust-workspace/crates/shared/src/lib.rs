pub fn greeting() -> std::io::Result<String> {
    std::fs::read_to_string("templates/greeting.txt")
}
