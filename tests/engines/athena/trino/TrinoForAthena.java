import static io.trino.testing.TestingSession.testSessionBuilder;

import io.trino.Session;
import io.trino.plugin.hive.HivePlugin;
import io.trino.plugin.iceberg.IcebergPlugin;
import io.trino.spi.type.TimeZoneKey;
import io.trino.testing.DistributedQueryRunner;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.Map;

/**
 * One Trino node whose catalogs lie in the Glue and S3 that answer at the address given as the only argument.
 *
 * <p>The Hive catalog has Athena's own name, so three-part names need no change; what Glue marks as an Iceberg table is
 * sent on to the catalog `iceberg`. Prints `READY <address>`, and ends when its standard input is closed.
 */
public class TrinoForAthena {
    public static void main(String[] arguments) throws Exception {
        Session session = testSessionBuilder()
                .setCatalog("awsdatacatalog")
                .setSchema("default")
                .setTimeZoneKey(TimeZoneKey.UTC_KEY)
                .build();
        PrintStream out = System.out; // the test runner turns System.out into a log
        DistributedQueryRunner trino =
                DistributedQueryRunner.builder(session).setWorkerCount(0).build();
        trino.installPlugin(new HivePlugin());
        trino.installPlugin(new IcebergPlugin());
        trino.createCatalog("awsdatacatalog", "hive", hive(arguments[0]));
        trino.createCatalog("iceberg", "iceberg", iceberg(arguments[0]));
        out.println("READY " + trino.getCoordinator().getBaseUrl());
        while (System.in.read() != -1) {}
        System.exit(0);
    }

    private static Map<String, String> aws(String endpoint) {
        Map<String, String> catalog = new HashMap<>();
        catalog.put("hive.metastore.glue.endpoint-url", endpoint);
        catalog.put("hive.metastore.glue.region", "us-east-1");
        catalog.put("hive.metastore.glue.aws-access-key", "testing");
        catalog.put("hive.metastore.glue.aws-secret-key", "testing");
        catalog.put("fs.native-s3.enabled", "true");
        catalog.put("s3.endpoint", endpoint);
        catalog.put("s3.region", "us-east-1");
        catalog.put("s3.path-style-access", "true");
        catalog.put("s3.aws-access-key", "testing");
        catalog.put("s3.aws-secret-key", "testing");
        // more at a time than the emulated S3 accepts would end in "Connect timed out"
        catalog.put("s3.max-connections", "50");
        return catalog;
    }

    private static Map<String, String> hive(String endpoint) {
        Map<String, String> catalog = aws(endpoint);
        catalog.put("hive.metastore", "glue");
        catalog.put("hive.security", "allow-all");
        catalog.put("hive.storage-format", "PARQUET");
        catalog.put("hive.non-managed-table-writes-enabled", "true");
        catalog.put("hive.non-managed-table-creates-enabled", "true");
        catalog.put("hive.max-partitions-per-writers", "100");
        catalog.put("hive.split-loader-concurrency", "4");
        catalog.put("hive.partition-projection-enabled", "true");
        catalog.put("hive.iceberg-catalog-name", "iceberg");
        // Glue's statistics are not among what the emulated Glue has
        catalog.put("hive.table-statistics-enabled", "false");
        catalog.put("hive.collect-column-statistics-on-write", "false");
        return catalog;
    }

    private static Map<String, String> iceberg(String endpoint) {
        Map<String, String> catalog = aws(endpoint);
        catalog.put("iceberg.catalog.type", "glue");
        catalog.put("iceberg.max-partitions-per-writer", "100");
        // Athena collects none by itself; here each write and each plan would take longer for them
        catalog.put("iceberg.extended-statistics.enabled", "false");
        catalog.put("iceberg.table-statistics-enabled", "false");
        return catalog;
    }
}
