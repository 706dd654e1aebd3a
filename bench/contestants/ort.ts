// onnxruntime-node's LSTM and GRU operators: inference of x [T, B, I] to all outputs [T, 1, B, H], on the CPU.
import { LONG_REST, meanSquare, repeated, SHORT_REST, type Contestant } from "../contestant.ts";
import { arrayNamed, stacked } from "../stacked.ts";
import { dataOf, type Weights, type Workload } from "../workload.ts";
import { peerModule } from "./peer.ts";

interface OrtTensor {
  readonly data: Float32Array;
  dispose(): void;
}

/** The part of `onnxruntime-node` that is used. */
interface Ort {
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
}

interface Session {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** The parts of `onnx-buf` and `@bufbuild/protobuf` that are used: messages from plain objects. */
interface Onnx {
  readonly ModelProtoSchema: unknown;
}
interface Protobuf {
  create(schema: unknown, value: unknown): unknown;
  toBinary(schema: unknown, message: unknown): Uint8Array;
}

export interface OrtPeer {
  readonly ort: Ort;
  readonly onnx: Onnx;
  readonly protobuf: Protobuf;
}

/** Returns undefined if a part is not installed. */
export async function openOrt(): Promise<OrtPeer | undefined> {
  const names = ["onnxruntime-node", "onnx-buf", "@bufbuild/protobuf"] as const;
  const [ort, onnx, protobuf] = await Promise.all(names.map(peerModule));
  if (ort === undefined || onnx === undefined || protobuf === undefined) return undefined;
  return { ort: ort as Ort, onnx: onnx as Onnx, protobuf: protobuf as Protobuf };
}

const FLOAT = 1;
const INT = 2;
const OPSET = 21n;
const IR = 10n;

/** Builds a model of one operator: input `x`, output `y`, weights W [1, G·H, I], R [1, G·H, H], B [1, 2·G·H]. */
function modelOf({ onnx, protobuf }: OrtPeer, { cell, I, H }: Workload, weights: Weights): Uint8Array {
  const gates = cell === "LSTM" ? ["i", "o", "f", "g"] : ["z", "r", "n"];
  const recurrent = gates.map((gate) => (gate === "n" ? (["u", "h"] as const) : gate));
  const rows = gates.length * H;
  const biases = new Float32Array(2 * rows);
  biases.set(stacked(weights, gates, "b"));
  if (cell === "GRU") biases.set(arrayNamed(weights, "h.u.b"), 2 * rows - H);
  const initializer = (name: string, dims: readonly number[], data: Float32Array) => ({
    name,
    dims: dims.map(BigInt),
    dataType: FLOAT,
    floatData: [...data],
  });
  const integer = (name: string, i: number) => ({ name, i: BigInt(i), type: INT });
  const float = { case: "tensorType", value: { elemType: FLOAT } };
  const message = {
    irVersion: IR,
    opsetImport: [{ domain: "", version: OPSET }],
    graph: {
      name: "bench",
      node: [
        {
          opType: cell,
          input: ["x", "W", "R", "B"],
          output: ["y"],
          attribute: [integer("hidden_size", H), ...(cell === "GRU" ? [integer("linear_before_reset", 1)] : [])],
        },
      ],
      initializer: [
        initializer("W", [1, rows, I], stacked(weights, gates, "x")),
        initializer("R", [1, rows, H], stacked(weights, recurrent, "h")),
        initializer("B", [1, 2 * rows], biases),
      ],
      input: [{ name: "x", type: { value: float } }],
      output: [{ name: "y", type: { value: float } }],
    },
  };
  return protobuf.toBinary(onnx.ModelProtoSchema, protobuf.create(onnx.ModelProtoSchema, message));
}

/** For LSTM and GRU. With a thread for each core it is `ort-node`, which is the default of onnxruntime. */
export async function ortRun(peer: OrtPeer, load: Workload, weights: Weights, threads: number): Promise<Contestant> {
  const options = { executionProviders: ["cpu"], intraOpNumThreads: threads, interOpNumThreads: 1 };
  const session = await peer.ort.InferenceSession.create(modelOf(peer, load, weights), options);
  const { T, B, I } = load;
  const x = new peer.ort.Tensor("float32", Float32Array.from(dataOf(load).get("x")?.data ?? []), [T, B, I]);
  const outputs = async (): Promise<Float32Array> => {
    const { y } = await session.run({ x });
    return y?.data ?? new Float32Array();
  };
  const dispose = (): void => void session.release();
  const who = threads === 1 ? "ort-node-1t" : "ort-node";
  const contestant = repeated({ who, threads, once: async () => (await outputs()).length, compared: 0, dispose });
  const rest = threads === 1 ? SHORT_REST : LONG_REST;
  return { ...contestant, rest, first: async () => [meanSquare(await outputs())] };
}
