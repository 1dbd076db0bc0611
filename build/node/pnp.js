// Prints the packages of a Plug'n'Play map as JSON: the folder of each, and of its package.json what the build reads.
const map = require(process.argv[1]);
map.setup(); // from here on, files in archives can be read

const fs = require("fs");
const path = require("path");

const all = [];
for (const locator of map.getAllLocators()) {
  const info = map.getPackageInformation(locator);
  if (!info || info.linkType === "SOFT") continue; // the app, members of its workspace, linked folders
  const folder = (map.resolveVirtual && map.resolveVirtual(info.packageLocation)) || info.packageLocation;
  let text;
  try {
    text = fs.readFileSync(path.join(folder, "package.json"), "utf8");
  } catch {
    continue; // a package for other platforms, which was not installed
  }
  const { name, version, license, dependencies, optionalDependencies, peerDependencies } = JSON.parse(text);
  all.push({ folder, manifest: { name, version, license, dependencies, optionalDependencies, peerDependencies } });
}
process.stdout.write(JSON.stringify(all));
