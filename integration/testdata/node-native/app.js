const http = require("node:http");
const bcrypt = require("bcrypt");
const bufferutil = require("bufferutil");

http
  .createServer((req, res) => {
    const hash = bcrypt.hashSync("secret", 4);
    const data = Buffer.from([1, 2, 3, 4]);
    bufferutil.unmask(data, Buffer.from([1, 2, 3, 4]));
    res.end(`bcrypt ${bcrypt.compareSync("secret", hash)}, bufferutil ${data.every((b) => b === 0)}\n`);
  })
  .listen(process.env.PORT || 8080);
