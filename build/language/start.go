package language

// Port is the port that a web process listens on, as a start command writes it: what the platform says, or else 8080.
const Port = "${PORT:-8080}"

// OnAll is the address by which a server listens on all interfaces.
const OnAll = "0.0.0.0"
