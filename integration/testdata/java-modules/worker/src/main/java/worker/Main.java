package worker;

import greeting.Greeting;

public class Main {
    public static void main(String[] args) throws Exception {
        // A worker that starts another Java, as some do.
        String java = ProcessHandle.current().info().command().orElse("java");
        int status = new ProcessBuilder(java, "-version").start().waitFor();
        System.out.print(Greeting.of("from the worker, child " + status));
    }
}
