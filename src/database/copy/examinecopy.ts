/** Looks at a copy as it is: nothing is written, and it is made to be no database in use. */
import { type Examination, type ExamineOptions, examine } from "../check/examine.ts";
import { openPlain } from "../engine.ts";
import { toResult } from "../result.ts";
import { refuseUnfinished } from "./unfinished.ts";

/** Throws `CommandError` for what is no file, or not all of one. */
export async function examineCopy(file: string, options: ExamineOptions): Promise<Examination> {
  refuseUnfinished(file);
  const engine = await openPlain(file);
  try {
    return await examine(async (statement) => toResult(engine.execute(statement)), options);
  } finally {
    engine.close();
  }
}
