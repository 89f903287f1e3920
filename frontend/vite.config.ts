import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  // `npm run dev` beside a backend on this machine.
  server: { proxy: { "/api": "http://localhost:8000" } },
  // Patient: on a busy machine a test that types into a form takes its time.
  test: { environment: "jsdom", include: ["tests/**/*.test.tsx"], testTimeout: 30_000 },
});
