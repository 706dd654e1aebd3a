import { proveInChromium } from "./proof.ts";

proveInChromium("tfjs-webgpu");
