package greeting;

import org.slf4j.LoggerFactory;

public class Greeting {
    public static String of(String whom) {
        LoggerFactory.getLogger(Greeting.class).info("greeting {}", whom);
        return "hello " + whom + "\n";
    }
}
