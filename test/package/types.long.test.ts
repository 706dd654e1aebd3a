// The types of the published package, by themselves and beside those of tfjs.
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../support/command.ts";
import { PACKAGE, printed } from "../support/packed.ts";
import { installedPackage, SLOW } from "./installed.ts";
import { typeErrors } from "./type-errors.ts";

const own = installedPackage();

test.each([
  ["nodenext", "nodenext"],
  ["bundler", "esnext"],
])("its types are right by themselves, without tfjs: %s", { timeout: SLOW }, async (moduleResolution, module) => {
  const program = `
    import { compile, open, save, UserError, type CompiledModel, type Results } from "recurra";
    import { compile as compileInBrowser } from "recurra/browser";
    import { compile as compileInPage } from "recurra/bundle";
    const cell: CompiledModel = await compile('use GRU from "cells"', { set: { H: 2 } });
    const results: Results = await cell.run({ x: [[1, 2, 3]] });
    export const all = [results, open, save, UserError, compileInBrowser, compileInPage];`;
  const options = { skipLibCheck: false, lib: ["es2022", "dom"], module, moduleResolution };
  expect(await typeErrors(own, `plain-${module}`, [program], options)).toBe("");
});

test("publint and Are the types wrong? have nothing to say", { timeout: SLOW }, async () => {
  const archive = join(own.folder, `recurra-${PACKAGE.version}.tgz`);
  const bin = (name: string): string => join(ROOT, "node_modules/.bin", name);
  expect(await printed(bin("publint"), ["--strict", archive], own.folder)).toContain("All good!");
  await printed(bin("attw"), [archive, "--profile", "esm-only"], own.folder);
});

test("tensors of tfjs have the accepted types; a wrong array or option does not", { timeout: SLOW }, async () => {
  const program = `
    import * as tf from "@tensorflow/tfjs";
    import { compile, type CompiledModel, type Results, type Stream, type TfjsLayer } from "recurra";
    const cell: CompiledModel = await compile("", { sizes: { V: 96 } });
    const x: tf.Tensor3D = tf.zeros([1, 2, 3]);
    const results: Results = await cell.run({ x, y: new Float32Array(3), z: { shape: [1], data: new Uint8Array(1) } });
    const back: tf.Tensor = tf.tensor(results["y"]?.data ?? [], [...(results["y"]?.shape ?? [])]);
    const stream: Stream = cell.start({ batch: 3 });
    const layer: TfjsLayer<tf.Tensor, tf.Variable> = await cell.onTfjs(tf);
    const output: tf.Tensor | undefined = layer.apply({ x }, { weights: layer.variables(), lengths: { x: [2] } })["output"];
    const variable: tf.Variable | undefined = layer.variables()["f.x"];
    // @ts-expect-error: an array is no tensor
    layer.apply({ x: [1, 2], output, variable });
    // @ts-expect-error: this is no module of tfjs
    await cell.onTfjs({ tensor: tf.tensor });
    // @ts-expect-error: a text is no array
    stream.step({ back, x: "text" });
    // @ts-expect-error: there is no such option
    await compile("", { taget: "tfjs-cpu" });`;
  // Types that tfjs brings are not right by themselves.
  expect(await typeErrors(own, "tensors", [program], { skipLibCheck: true, lib: ["es2022", "dom"] })).toBe("");
});
