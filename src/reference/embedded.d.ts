/** Files that are carried as they are: with `type: "file"` their path, with `type: "text"` their text. */

declare module "swagger-ui-dist/swagger-ui-bundle.js" {
  const path: string;
  export default path;
}

declare module "swagger-ui-dist/swagger-ui.css" {
  const path: string;
  export default path;
}

declare module "*/docs.js" {
  const text: string;
  export default text;
}

declare module "*/docs.css" {
  const text: string;
  export default text;
}
