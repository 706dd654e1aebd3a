// Reads several tensors. All are asked for at once, so that a target can read them together.
import type { HostArray, Target } from "../targets/target.ts";

/** By the same names. The caller keeps the tensors. */
export async function downloaded<T>(
  target: Target<T>,
  tensors: ReadonlyMap<string, T>,
): Promise<ReadonlyMap<string, HostArray>> {
  const arrays = [...tensors].map(async ([name, tensor]): Promise<[string, HostArray]> => [
    name,
    await target.download(tensor),
  ]);
  return new Map(await Promise.all(arrays));
}

/** As `downloaded`, and disposes of the tensors, even if reading fails. */
export async function downloadedOnce<T>(
  target: Target<T>,
  tensors: ReadonlyMap<string, T>,
): Promise<ReadonlyMap<string, HostArray>> {
  try {
    return await downloaded(target, tensors);
  } finally {
    for (const tensor of tensors.values()) target.dispose(tensor);
  }
}
