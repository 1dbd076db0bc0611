import polka from "polka";

const app = polka().get("/", (_req, res) => {
  res.end(`Hello from Node.js ${process.versions.node}\n`);
});
app.listen(Number(process.env.PORT ?? 8080));

// The platform asks a process to end by SIGTERM: requests that run are answered first.
process.on("SIGTERM", () => app.server?.close(() => process.exit(0)));
