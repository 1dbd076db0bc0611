package language

// Port is the port that a web process listens on, as a start command writes it: what the platform says, or else 8080.
const Port = "${PORT:-8080}"
