// Options by the names of other programs: the message has our name, and the call that lists the options.
import { expect, test } from "vitest";
import { recurra } from "../support/command.ts";

test.each([
  ["train", "--batch-size", "--batch"],
  ["train", "--learning-rate", "--lr"],
  ["train", "--device", "--target"],
  ["train", "--hidden-size=8", "--set NAME=NUMBER"],
  ["train", "--epoch", "--epochs"],
  ["generate", "--max-length", "--length"],
  ["explain", "--batch-size", null],
])("recurra %s %s", async (command, flag, meant) => {
  const { code, out, err } = await recurra(command, "file", flag, "3");
  expect([code, out]).toEqual([2, ""]);
  expect(err).toBe(
    `error: unknown option '${flag}'\n${meant === null ? "" : `(Did you mean ${meant}?)\n`}(recurra ${command} --help lists its options)\n`,
  );
});

test("the message for an unknown command says how to list the commands", async () => {
  const { code, err } = await recurra("trian");
  expect([code, err]).toEqual([
    2,
    "error: unknown command 'trian'\n(Did you mean train?)\n(recurra --help lists the commands)\n",
  ]);
});
