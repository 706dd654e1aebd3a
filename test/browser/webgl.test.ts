import { proveInChromium } from "./proof.ts";

proveInChromium("tfjs-webgl");
