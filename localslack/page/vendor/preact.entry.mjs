// What preact.js is made of. To renew it, with preact, htm and esbuild from npm beside this file:
// esbuild preact.entry.mjs --bundle --format=esm --minify --target=es2022 --legal-comments=none --outfile=preact.js

import htm from "htm";
import { h } from "preact";
export { Component, Fragment, createRef, h, render } from "preact";
export { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
export const html = htm.bind(h);
