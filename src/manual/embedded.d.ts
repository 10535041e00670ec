/** Files that are carried as their text. */

declare module "*.md" {
  const text: string;
  export default text;
}

declare module "*/manual.css" {
  const text: string;
  export default text;
}
