import { greeting } from "greeting";
import polka from "polka";

polka()
  .get("/", (_req, res) => res.end(greeting("the workspace")))
  .listen(process.env.PORT || 8080);
