// Search of pages that are opened as files. Browsers start no worker from a file, so the worker's
// script runs in a hidden frame of the page instead, under the same interface.
if (location.protocol === "file:") {
  class FrameWorker extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.append(this.frame);
      const inside = this.frame.contentWindow;
      inside.postMessage = (data) => setTimeout(() => this.receive(data));
      inside.importScripts = (...urls) => Promise.all(urls.map((one) => load(inside, one)));
      this.ready = load(inside, url);
    }

    receive(data) {
      const event = new MessageEvent("message", { data });
      this.dispatchEvent(event);
      if (this.onmessage) this.onmessage(event);
    }

    postMessage(data) {
      this.ready.then(() => {
        const inside = this.frame.contentWindow;
        inside.dispatchEvent(new inside.MessageEvent("message", { data }));
      });
    }

    terminate() {
      this.frame.remove();
    }
  }

  function load(inside, url) {
    return new Promise((done, failed) => {
      const script = inside.document.createElement("script");
      script.src = new URL(url, location.href);
      script.onload = done;
      script.onerror = failed;
      inside.document.body.append(script);
    });
  }

  // The theme looks for the name.
  window.IFrameWorker = window.Worker = FrameWorker;
}
