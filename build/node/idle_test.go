package node

import (
	"strings"
	"testing"
)

// TestIdleFiles tells of files that export functions which a platform calls: Node.js would end at once.
func TestIdleFiles(t *testing.T) {
	for _, row := range []struct{ name, text, err string }{
		{"a function for AWS", "// a comment\n'use strict';\nconst aws = require('@aws-sdk/client-s3');\nconst table = process.env.TABLE;\n\nexports.handler = async (event) => {\n  return aws.x;\n};\n", "app.js exports functions, and nothing calls them\n  handler\nNext: Add a program that calls them"},
		{"a function that answers requests", "/**\n * Says hello.\n */\nexports.hello = (req, res) => {\n  res.send('x');\n};\n", "Next: Add @google-cloud/functions-framework to package.json"},
		{"a function for Code Engine", "function main(params) {\n  return {body: params};\n}\n\nmodule.exports.main = main;\n", "\n  main\n"},
		{"a module", "import {a,\n  b\n} from 'x';\nexport const handler = async (event) => {\n};\nexport default handler;\n", "\n  handler, export default\n"},
		{"what is called", "exports.handler = async (event) => {};\nexports.handler();\n", ""},
		{"a file of the app, which may serve", "const app = require('./app');\nexports.handler = async (event) => {};\n", ""},
		{"a package that is called at once", "const db = require('db')();\nexports.handler = async (event) => {};\n", ""},
		{"a server beside it", "const http = require('http');\nconst server = http.createServer((req, res) => {\n  res.end();\n});\nserver.listen(80);\nexports.server = server;\n", ""},
		{"a value that something makes", "const server = start();\nexports.stop = () => server.stop();\n", ""},
		{"an import alone, which may run", "import 'dotenv/config';\nimport './server.js';\nexport const x = () => 1;\n", ""},
		{"a function that ends in a call", "exports.x = (function () {\n  return 1;\n})();\n", ""},
		{"no function", "const x = 1;\n", ""},
	} {
		a := lookAt(t, map[string]string{"package.json": "{}", "app.js": row.text}, nil)
		if err := a.checkServed("app.js"); row.err == "" && err != nil || row.err != "" && (err == nil || !strings.Contains(err.Error(), row.err)) {
			t.Errorf("%s: got %v, want %q", row.name, err, row.err)
		}
	}
}
