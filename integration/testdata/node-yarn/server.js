const polka = require("polka");

polka()
  .get("/", (req, res) => res.end(`Hello from ${require.resolve("polka").includes(".zip") ? "an archive" : "a folder"}\n`))
  .listen(process.env.PORT || 8080);
