package language

// What to do where a start command names a tool of a language, none of which is in an image.
const (
	InsteadOfScripts = "Package managers are not in the image. Write the command itself, such as \"web: node server.js\"."
	InsteadOfRun     = "Package managers are not in the image, and what they install is on PATH: leave \"run\" and what stands before it out."
	InsteadOfSteps   = "Tools that build are not in the image: the build has run them. Start the program that they made."
)
