import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const BACKEND = "http://localhost:8000";

export default defineConfig({
  plugins: [react()],
  // `npm run dev` beside a backend on this machine.
  server: { proxy: { "/api": BACKEND, "/docs": BACKEND, "/openapi.json": BACKEND } },
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    // Every test cleans up after itself (tests/setup.ts): loading React and jsdom once is enough.
    isolate: false,
    // Patient: on a busy machine a test that types into a form takes its time.
    testTimeout: 30_000,
  },
});
