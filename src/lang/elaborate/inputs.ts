// The data that a program needs: inputs, targets and memories, from their declarations to their final types.
import { data, type DataUse } from "../../graph/border.ts";
import { printDim, type Dim } from "../../shape/dim.ts";
import type { Axis, Type } from "../../shape/type.ts";
import type { Identifier, Statement, TokenKind } from "../ast.ts";
import { declaredType } from "./bind.ts";
import { BATCH, type Elaboration } from "./context.ts";
import type { Frame } from "./frame.ts";
import { held } from "./padding.ts";
import { readType, type Declared } from "./types.ts";
import type { NodeValue } from "./value.ts";

export interface ProgramInput {
  readonly name: string;
  readonly role: DataUse;
  readonly type: Type;
  readonly token?: { readonly reading: TokenKind; readonly vocabulary: string };
}

export interface InputDraft {
  readonly name: string;
  readonly role: ProgramInput["role"];
  readonly value: NodeValue;
}

type Declaration = Extract<Statement, { kind: "input" | "target" | "memory" }>;

export function modelInput(frame: Frame, statement: Declaration, name: Identifier): InputDraft {
  const { context } = frame;
  const declared =
    statement.type === null
      ? declaredType(statement, frame, name.name)
      : readType(statement.type, frame, { introduces: true, hint: `I.${name.name}` });
  const role = statement.kind === "target" ? "target" : "input";
  const draft = inputNode(
    context,
    name,
    role,
    declared,
    context.sizes.free(`T.${name.name}`, { words: `the time of \`${name.name}\`` }),
  );
  if (role === "target") frame.bindTarget(name.name, draft.value, name.span);
  else frame.bind(name.name, draft.value, name.span);
  return draft;
}

export function inputNode(
  context: Elaboration,
  name: Identifier,
  role: ProgramInput["role"],
  declared: Declared,
  time: Dim,
): InputDraft {
  const { build } = context;
  const leading: readonly Axis[] = declared.isSequence
    ? [
        { tag: "time", size: time },
        { tag: "batch", size: BATCH },
      ]
    : [{ tag: "batch", size: BATCH }];
  const dtype = declared.token === undefined ? "float" : "int";
  const id = build.input(data(name.name, role), { dtype, axes: [...leading, ...declared.axes] });
  const real = declared.isSequence ? held(context, id, 0) : id;
  const value = context.node(real, name.span, `\`${name.name}\` is declared here`);
  return { name: name.name, role, value: declared.token === undefined ? value : { ...value, token: declared.token } };
}

export function finishInput(context: Elaboration, draft: InputDraft): ProgramInput {
  const type = context.type(draft.value);
  const { token } = draft.value;
  if (token === undefined) return { name: draft.name, role: draft.role, type };
  return {
    name: draft.name,
    role: draft.role,
    type,
    token: { reading: token.reading, vocabulary: printDim(context.unifier.resolve(token.size)) },
  };
}
