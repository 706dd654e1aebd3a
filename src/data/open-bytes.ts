// Opens files as bytes that are read by offset. A file that gzip has packed is unpacked into memory.
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { UserError } from "../base/diagnostic.ts";
import { whyUnreadable } from "../files/files.ts";
import { changed, type ByteSource } from "./bytes.ts";

/** Throws a UserError if the path is wrong. */
export function openBytes(path: string): ByteSource {
  const file = openFile(path);
  if (isPacked(path)) return unpacked(path, file);
  const { size } = fstatSync(file);
  return {
    name: path,
    size,
    read(offset, length) {
      const count = Math.max(0, Math.min(length, size - offset));
      const bytes = Buffer.allocUnsafe(count);
      for (let done = 0; done < count;) {
        const got = readSync(file, bytes, done, count - done, offset + done);
        if (got === 0) throw changed(path);
        done += got;
      }
      return bytes;
    },
    close: () => closeSync(file),
  };
}

export function isPacked(path: string): boolean {
  return /\.gz$/i.test(path);
}

/** The most that is unpacked: more would not fit into memory beside a model. */
const MOST_UNPACKED = 2 ** 31 - 1;

function unpacked(path: string, file: number): ByteSource {
  try {
    const bytes = gunzipSync(readFileSync(file), { maxOutputLength: MOST_UNPACKED });
    return {
      name: path,
      size: bytes.length,
      read: (offset, length) => bytes.subarray(offset, offset + length),
      close: () => undefined,
    };
  } catch (problem) {
    const isTooLarge =
      problem instanceof RangeError || Reflect.get(Object(problem), "code") === "ERR_FS_FILE_TOO_LARGE";
    throw new UserError(
      isTooLarge
        ? `${path}: this file has more than 2 GiB when it is unpacked: unpack it first`
        : `${path}: this file could not be unpacked: it is damaged, or gzip has not written it`,
    );
  } finally {
    closeSync(file);
  }
}

function openFile(path: string): number {
  try {
    const file = openSync(path, "r");
    if (fstatSync(file).isFile()) return file;
    const reason = fstatSync(file).isDirectory()
      ? "that is a folder"
      : "that is not a plain file, but it must be read twice";
    closeSync(file);
    throw new UserError(`${path}: ${reason}`);
  } catch (problem) {
    if (problem instanceof UserError) throw problem;
    throw new UserError(`${path}: ${whyUnreadable(problem)}`);
  }
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** The offset of the text: after the byte order mark, if there is one. */
export function textStart(source: ByteSource): number {
  return source.read(0, BOM.length).equals(BOM) ? BOM.length : 0;
}
