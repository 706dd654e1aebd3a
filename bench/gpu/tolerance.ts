// The tolerance of float32 against float64, relative to a tensor's largest element.
const [FORWARD, GRADIENT] = [1e-5, 1e-4];

export function isNear(forward: number, gradient: number): boolean {
  return forward <= FORWARD && gradient <= GRADIENT;
}
