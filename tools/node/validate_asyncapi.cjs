// Validates AsyncAPI documents with the official parser, and prints what it says of each as a line of JSON.
//
//   NODE_PATH=<where the packages are>/node_modules node validate_asyncapi.cjs FILE…
const { readFileSync } = require("node:fs");
const { Parser } = require("@asyncapi/parser");

async function main(files) {
  let invalid = 0;
  for (const file of files) {
    const diagnostics = await new Parser().validate(readFileSync(file, "utf8"));
    const errors = diagnostics.filter((one) => one.severity === 0);
    invalid += errors.length > 0;
    const told = diagnostics.map(({ code, message, path, severity }) => ({ code, message, path: path.join("/"), severity }));
    console.log(JSON.stringify({ file, errors: errors.length, diagnostics: told.slice(0, 20) }));
  }
  process.exitCode = invalid ? 1 : 0;
}

main(process.argv.slice(2));
