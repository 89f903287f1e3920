import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeAll, vi } from "vitest";

configure({ asyncUtilTimeout: 10_000 });

beforeAll(() => {
  // jsdom knows <dialog> but not how to open one, and a browser says "cancel" on Escape.
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.dispatchEvent(new Event("cancel", { cancelable: true }));
    });
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
  };
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.unstubAllGlobals();
});
