/** A shell completes commands and options of the compiled executable. */
import { expect, test } from "bun:test";
import { dirname } from "node:path";
import { binary } from "../harness/binary.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { bareEnv, inlet } from "../harness/cli.ts";

/** What bash offers for a line that ends at the cursor. */
const ASK = `
# Of the package bash-completion, as far as it is asked for here.
_get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=\${words[cword]}; }
source <(inlet completion bash)
complete -p inlet >/dev/null || exit 3
for line in "$@"; do
  read -ra COMP_WORDS <<<"$line"
  [[ $line == *" " ]] && COMP_WORDS+=("")
  COMP_LINE=$line COMP_POINT=\${#line} COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMPREPLY=()
  __inlet_complete
  echo "\${COMPREPLY[*]}"
done`;

test("bash offers commands, their commands and their options", async () => {
  const lines = ["inlet ke", "inlet keys ", "inlet messages list --s", "inlet accounts create --kind "];
  const child = Bun.spawn(["bash", "--norc", "-c", ASK, "bash", ...lines], {
    env: { ...bareEnv(), PATH: `${dirname(await binary())}:${process.env.PATH}` },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(await child.exited, stderr).toBe(0);
  const offered = stdout.trimEnd().split("\n").map((line) => line.trim().split(/\s+/)); // biome-ignore format: one step
  expect(offered[0]).toEqual(["keys"]);
  expect(offered[1]).toEqual(expect.arrayContaining(["create", "list", "revoke", "rotate", "show"]));
  expect(offered[2]?.toSorted()).toEqual(["--search", "--since"]);
  expect(offered[3]).toEqual(["user", "team"]);
});

test("zsh and fish have scripts of their own, and no other shell has", async () => {
  const folder = emptyFolder();
  expect((await inlet(folder, ["completion", "zsh"])).stdout).toStartWith("#compdef inlet");
  expect((await inlet(folder, ["completion", "fish"])).stdout).toContain("complete -c inlet");
  expect(await inlet(folder, ["completion", "ksh"])).toMatchObject({ code: 2, stdout: "" });
});
