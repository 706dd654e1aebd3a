// The data that a program needs: inputs, targets and memories, from their declarations to their final types.
import { data, type DataUse } from "../../graph/border.ts";
import { printDim, type Dim } from "../../shape/dim.ts";
import type { Axis, Type } from "../../shape/type.ts";
import type { Identifier, Statement, TokenKind } from "../ast.ts";
import { declaredType } from "./bind.ts";
import { BATCH, type Elaboration } from "./context.ts";
import type { Frame } from "./frame.ts";
import { held } from "./padding.ts";
import { declareUnit, type Scaling } from "./scaled.ts";
import { readType, type Declared } from "./types.ts";
import type { NodeValue } from "./value.ts";

export interface ProgramInput {
  readonly name: string;
  readonly role: DataUse;
  readonly type: Type;
  readonly token?: { readonly reading: TokenKind; readonly vocabulary: string };
  /** Its weights if the model reads it standardised. */
  readonly scaling?: Scaling;
}

export interface InputDraft {
  readonly name: string;
  readonly role: ProgramInput["role"];
  readonly value: NodeValue;
  readonly scaling?: Scaling;
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
  const unit = statement.isScaled ? declareUnit(frame, name, draft.value) : undefined;
  if (unit !== undefined) context.units.set(name.name, unit);
  const value = unit === undefined ? draft.value : { ...draft.value, id: unit.standard(draft.value.id) };
  if (role === "target") frame.bindTarget(name.name, value, name.span);
  else frame.bind(name.name, value, name.span);
  return unit === undefined ? draft : { ...draft, scaling: unit.names };
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
  const scaling = draft.scaling === undefined ? {} : { scaling: draft.scaling };
  if (token === undefined) return { name: draft.name, role: draft.role, type, ...scaling };
  return {
    name: draft.name,
    role: draft.role,
    type,
    token: { reading: token.reading, vocabulary: printDim(context.unifier.resolve(token.size)) },
  };
}
