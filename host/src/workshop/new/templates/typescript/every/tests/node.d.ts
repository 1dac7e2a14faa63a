// What the tests use of Node.js. Their types would be a package more: @types/node.
declare module "node:assert/strict";
declare module "node:test";
declare const console: { log(text: string): void };
