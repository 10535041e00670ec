/** What is in the executable, as CycloneDX: the packages that production needs, with version, licence and hash. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly description?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** JSON, the same for the same commit: without a time, and without a number of its own. */
export function billOfMaterials(root: string, commit: string): string {
  const own = manifestAt(root);
  const found = new Map<string, Manifest>();
  for (const name of Object.keys(own.dependencies ?? {}))
    gather(root, join(root, "node_modules", name), found);
  const bill = new Models.Bom();
  bill.metadata.component = component({ ...own, version: `${own.version}+${commit}` });
  for (const key of [...found.keys()].sort()) {
    const manifest = found.get(key);
    if (manifest) bill.components.add(component(manifest));
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return serializer.serialize(bill, { sortLists: true, space: 2 });
}

function component({ name, version, license, description }: Manifest): Models.Component {
  const [group, plain] = name.startsWith("@") ? name.split("/") : [undefined, name];
  // https://github.com/package-url/purl-spec; an @ of a scope is written as it is in an address.
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const made = new Models.Component(Enums.ComponentType.Library, plain ?? name, {
    ...(group ? { group } : {}),
    version,
    bomRef: purl,
    purl,
    ...(description ? { description } : {}),
  });
  if (license) made.licenses.add(new Models.LicenseExpression(license));
  return made;
}

/** A package and what it needs, each once, found as Node.js finds it. */
function gather(root: string, folder: string, found: Map<string, Manifest>): void {
  if (!existsSync(join(folder, "package.json"))) return; // of another system
  const manifest = manifestAt(folder);
  const key = `${manifest.name}@${manifest.version}`;
  if (found.has(key)) return;
  found.set(key, manifest);
  const needed = { ...manifest.dependencies, ...manifest.optionalDependencies };
  for (const name of Object.keys(needed)) {
    const nested = join(folder, "node_modules", name);
    gather(root, existsSync(nested) ? nested : join(root, "node_modules", name), found);
  }
}

function manifestAt(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}
